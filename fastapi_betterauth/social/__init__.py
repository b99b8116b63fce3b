"""Signing in through other providers (OAuth sheet). Each provider is imported when somebody asks for it."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .providers.apple import Apple
    from .providers.atlassian import Atlassian
    from .providers.cloudflare import Cloudflare
    from .providers.cognito import Cognito
    from .providers.discord import Discord
    from .providers.dropbox import Dropbox
    from .providers.facebook import Facebook
    from .providers.figma import Figma
    from .providers.github import GitHub
    from .providers.gitlab import GitLab
    from .providers.google import Google
    from .providers.huggingface import HuggingFace
    from .providers.kakao import Kakao
    from .providers.kick import Kick
    from .providers.line import Line
    from .providers.linear import Linear
    from .providers.linkedin import LinkedIn
    from .providers.microsoft import Microsoft
    from .providers.naver import Naver
    from .providers.notion import Notion
    from .providers.paybin import Paybin
    from .providers.paypal import PayPal
    from .providers.polar import Polar
    from .providers.railway import Railway
    from .providers.reddit import Reddit
    from .providers.roblox import Roblox
    from .providers.salesforce import Salesforce
    from .providers.slack import Slack
    from .providers.spotify import Spotify
    from .providers.tiktok import TikTok
    from .providers.twitch import Twitch
    from .providers.twitter import Twitter
    from .providers.vercel import Vercel
    from .providers.vk import VK
    from .providers.wechat import WeChat
    from .providers.zoom import Zoom
else:
    _HOMES = {
        "Apple": "apple",
        "Atlassian": "atlassian",
        "Cloudflare": "cloudflare",
        "Cognito": "cognito",
        "Discord": "discord",
        "Dropbox": "dropbox",
        "Facebook": "facebook",
        "Figma": "figma",
        "GitHub": "github",
        "GitLab": "gitlab",
        "Google": "google",
        "HuggingFace": "huggingface",
        "Kakao": "kakao",
        "Kick": "kick",
        "Line": "line",
        "Linear": "linear",
        "LinkedIn": "linkedin",
        "Microsoft": "microsoft",
        "Naver": "naver",
        "Notion": "notion",
        "PayPal": "paypal",
        "Paybin": "paybin",
        "Polar": "polar",
        "Railway": "railway",
        "Reddit": "reddit",
        "Roblox": "roblox",
        "Salesforce": "salesforce",
        "Slack": "slack",
        "Spotify": "spotify",
        "TikTok": "tiktok",
        "Twitch": "twitch",
        "Twitter": "twitter",
        "VK": "vk",
        "Vercel": "vercel",
        "WeChat": "wechat",
        "Zoom": "zoom",
    }

    def __getattr__(name: str) -> object:
        """Import the provider that is asked for, and no other."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.providers.{_HOMES[name]}"), name)


__all__ = [
    "VK",
    "Apple",
    "Atlassian",
    "Cloudflare",
    "Cognito",
    "Discord",
    "Dropbox",
    "Facebook",
    "Figma",
    "GitHub",
    "GitLab",
    "Google",
    "HuggingFace",
    "Kakao",
    "Kick",
    "Line",
    "Linear",
    "LinkedIn",
    "Microsoft",
    "Naver",
    "Notion",
    "PayPal",
    "Paybin",
    "Polar",
    "Railway",
    "Reddit",
    "Roblox",
    "Salesforce",
    "Slack",
    "Spotify",
    "TikTok",
    "Twitch",
    "Twitter",
    "Vercel",
    "WeChat",
    "Zoom",
]

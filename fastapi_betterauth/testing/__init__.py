"""For tests of your app: its accounts with a database, a clock and an outbox for each test."""

from . import http_library as http_library  # first: it says which extra is missing
from .blocking import BlockingAuthKit, BlockingUserClient
from .clients import UserClient
from .clock import MovableClock
from .hashing import CheapHasher
from .kit import AuthKit
from .outbox import Outbox, Sent
from .under_test import AppUnderTest

__all__ = [
    "AppUnderTest",
    "AuthKit",
    "BlockingAuthKit",
    "BlockingUserClient",
    "CheapHasher",
    "MovableClock",
    "Outbox",
    "Sent",
    "UserClient",
]

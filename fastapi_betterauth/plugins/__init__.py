"""Plugins that come with the library; each uses only what a plugin of yours could use."""

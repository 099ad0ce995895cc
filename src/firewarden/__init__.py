"""Firewarden: an urban fire remote-monitoring platform (城市消防远程监控平台). It watches, and says so."""

__version__ = "0.1.0"

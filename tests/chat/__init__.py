"""Chats with the characters."""

"""Chats as the protocols of chat interfaces: the AI SDK's UI message stream, and AG-UI."""

from routes.chat.app import Room, chat_routes

__all__ = ["Room", "chat_routes"]

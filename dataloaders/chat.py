"""Loads for chats: their messages by id, and order cards."""

from dataloaders.base import LoaderSet, by_id
from models.chat import Chat, ChatMessage, ChatPreference, OrderCard


class ChatLoaders(LoaderSet):
    """Loads for chats."""

    chat = by_id(Chat)
    chat_message = by_id(ChatMessage)
    order_card = by_id(OrderCard)
    chat_preference = by_id(ChatPreference)

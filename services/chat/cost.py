"""What a chat costs, and how much it may (PRODUCT C8).

Counted in millionths of a US dollar, since one answer costs far less than a cent. Before each
call the most that it can cost is held; a call whose outcome is never learnt is counted as that.
"""

import math

from core.money import Money
from core.settings import Settings
from gateways.llm import Prices, Usage
from models.chat import CallState, Chat, ChatCall

MICROS_PER_CENT = 10_000
LETTERS_PER_TOKEN = 1.5
# The Responses API takes no lower `max_output_tokens`; rules and persona alone are some 1,000.
FEWEST_TOKENS = 16
FEWEST_READ = 1_000


def price(settings: Settings, input_tokens: int, output_tokens: int) -> int:
    """Return what so many tokens cost, rounded up."""
    return Prices.of(settings).cost(Usage(input_tokens, output_tokens))


def tokens(text: str) -> int:
    """Guess high how many tokens a text has: Korean needs about one for two letters."""
    return math.ceil(len(text) / LETTERS_PER_TOKEN)


def limit(settings: Settings) -> int:
    """Return what one chat may cost."""
    return settings.chat_limit_cents * MICROS_PER_CENT


def is_spent(settings: Settings, chat: Chat) -> bool:
    """Tell whether what is left would not pay for the shortest answer."""
    return limit(settings) - chat.cost_micros < price(settings, FEWEST_READ, FEWEST_TOKENS)


def output_tokens_left(settings: Settings, chat: Chat, asked: str) -> int:
    """Return how long an answer may be so that the chat stays within its limit; 0 for none."""
    left = limit(settings) - chat.cost_micros - price(settings, tokens(asked), 0)
    if left <= 0:
        return 0
    most = left * 1_000_000 // max(1, settings.chat_output_price)
    return min(settings.chat_answer_tokens, most)


def hold(settings: Settings, chat: Chat, call: ChatCall, asked: str, most: int) -> None:
    """Count the most that a call can cost, until it is known."""
    call.held_micros = price(settings, tokens(asked), most)
    chat.cost_micros += call.held_micros


def settle(settings: Settings, chat: Chat, call: ChatCall, usage: Usage) -> None:
    """Count what a call did cost in place of what was held for it."""
    cost = Prices.of(settings).cost(usage)
    chat.cost_micros += cost - call.held_micros
    chat.input_tokens += usage.input_tokens
    chat.output_tokens += usage.output_tokens
    call.held_micros, call.cost_micros, call.state = 0, cost, CallState.DONE
    call.input_tokens, call.output_tokens = usage.input_tokens, usage.output_tokens


def drop(chat: Chat, call: ChatCall, state: CallState) -> None:
    """End a call without a bill: a refused one is free, a lost one costs what was held."""
    if state is CallState.REFUSED:
        chat.cost_micros -= call.held_micros
    else:
        call.cost_micros = call.held_micros
    call.held_micros, call.state = 0, state


def shown(micros: int) -> Money:
    """Show an amount in cents, rounded up."""
    return Money(-(-micros // MICROS_PER_CENT), "USD")

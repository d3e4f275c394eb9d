"""Chats: replies are made, and what the provider kept of them is deleted."""

from services import chat, recommendation
from services.chat import AnswerChat, Desk, ForgetCalls, ForgetLikes, NoteOrder, SummarizeChat
from workers.base import Work, handles

# Some ten hours in all: what was said to the model must not stay there for a passing fault.
RETRY = {"max_retries": 30, "min_backoff": 2_000, "max_backoff": 3_600_000}
NAMES, STOPS = chat.Names(), chat.Stops()


# The row is the truth and the relay rings again, so the doorbell itself never retries.
@handles(AnswerChat, max_retries=0)
async def answer(task: AnswerChat, work: Work) -> None:
    """Make a reply."""
    await chat.answer(_desk(work), NAMES, STOPS, task.message_id)


@handles(SummarizeChat, max_retries=0)
async def summarize(task: SummarizeChat, work: Work) -> None:
    """Sum up what a chat has outgrown."""
    await chat.summarize(_desk(work), task.chat_id)


@handles(NoteOrder)
async def note(task: NoteOrder, work: Work) -> None:
    """Tell of an order where it was bought."""
    async with work.begin() as uow:
        await chat.note(uow, task.order_id)


def _desk(work: Work) -> Desk:
    stores = (work.settings, work.db, work.begin, work.bus, work.graph)
    return Desk(*stores, work.gateways.llm, work.gateways.embeddings)


@handles(ForgetCalls, **RETRY)
async def forget(task: ForgetCalls, work: Work) -> None:
    """Have the provider delete what it kept of runs. Raises LlmUnavailable."""
    for provider_id in task.provider_ids:
        if task.are_running:
            await work.gateways.llm.cancel(provider_id)
        await work.gateways.llm.forget(provider_id)
    async with work.begin() as uow:
        await chat.forgotten(uow, task.provider_ids)


@handles(ForgetLikes, **RETRY)
async def forget_likes(task: ForgetLikes, work: Work) -> None:
    """Delete from Redis what a customer's likes came to. Raises RedisError."""
    await recommendation.forget(work.bus, work.settings.redis_prefix, task.customer_id)

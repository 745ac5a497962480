"""What asking may cost at most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

__all__ = ["Attempt", "Budget", "BudgetSpentError", "Price", "Tokens", "total"]

_MILLION = 1_000_000


class Tokens(msgspec.Struct, frozen=True):
    """Tokens read and written."""

    prompt: int
    completion: int


class Price(msgspec.Struct, frozen=True):
    """Money per million tokens read and written, in any currency."""

    prompt: float
    completion: float

    def of(self, tokens: Tokens) -> float:
        """What these tokens cost."""
        return (tokens.prompt * self.prompt + tokens.completion * self.completion) / _MILLION


class BudgetSpentError(Exception):
    """The next request could pass the budget."""


class Attempt:
    """One request that is under way; costs the worst case until it is known what it cost."""

    def __init__(self, worst: Tokens) -> None:
        self.tokens = worst

    def charge(self, tokens: Tokens) -> None:
        """It cost this."""
        self.tokens = tokens

    def free(self) -> None:
        """It cost nothing."""
        self.tokens = Tokens(0, 0)


class Budget:
    """Admits requests as long as the worst case of all under way stays within the limits.

    Args:
        tokens: the most tokens, read and written together; None for any number.
        money: the most money; None for any amount.
        price: what tokens cost; needed for ``money``.
        spent: what was spent before.
    """

    def __init__(
        self,
        *,
        tokens: int | None = None,
        money: float | None = None,
        price: Price | None = None,
        spent: Tokens | None = None,
    ) -> None:
        if money is not None and price is None:
            raise ValueError("a budget in money needs the price of tokens")
        self.limit_tokens = tokens
        self.limit_money = money
        self.price = price
        self.spent = spent or Tokens(0, 0)
        self._open: list[Attempt] = []
        self._settled = asyncio.Condition()

    @property
    def money(self) -> float | None:
        """What was spent in money; None without a price."""
        return None if self.price is None else self.price.of(self.spent)

    @asynccontextmanager
    async def attempt(self, worst: Tokens) -> AsyncIterator[Attempt]:
        """A request that may cost so much: waits while others under way might use it up.

        Raises:
            BudgetSpentError: it could pass the budget whatever the others turn out to cost.
        """
        async with self._settled:
            while not self._admits(worst):
                if not self._open:
                    raise BudgetSpentError
                await self._settled.wait()
            attempt = Attempt(worst)
            self._open.append(attempt)
        try:
            yield attempt
        finally:
            self._open.remove(attempt)
            self.spent = total(self.spent, attempt.tokens)
            async with self._settled:
                self._settled.notify_all()

    def _admits(self, worst: Tokens) -> bool:
        most = total(self.spent, worst, *(attempt.tokens for attempt in self._open))
        if self.limit_tokens is not None and most.prompt + most.completion > self.limit_tokens:
            return False
        if self.limit_money is None or self.price is None:
            return True
        return self.price.of(most) <= self.limit_money


def total(*parts: Tokens) -> Tokens:
    """Their sum."""
    return Tokens(sum(part.prompt for part in parts), sum(part.completion for part in parts))

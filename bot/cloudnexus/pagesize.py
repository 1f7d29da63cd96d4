"""Which page size to ask for: the largest that has not been refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass

LIMITS = (500, 100, 50, 20, 10, 5, 1)
"""Page sizes to ask for, from hopeful over documented (docs: the example has limit=20) to what nobody
can refuse. Each that is refused costs one request, once."""


@dataclass(frozen=True, slots=True)
class PageSizes:
    """What answers have taught of the size. A refusal counts at once, whatever comes of the rest.

    `blameless`: every size was refused, so the size is not what is wrong. One small page, again and
    again, finds out when that is over, instead of all sizes.
    """

    hopeful: tuple[int, ...] = LIMITS
    blameless: bool = False

    @property
    def ask(self) -> int:
        """The size to ask for next."""
        return LIMITS[-1] if self.blameless else self.hopeful[0]

    def refused(self, limit: int) -> PageSizes:
        """A page of this size was answered 400 or 422."""
        smaller = tuple(it for it in self.hopeful if it < limit)
        return PageSizes(smaller) if smaller else PageSizes(blameless=True)

    def honoured(self, limit: int) -> PageSizes:
        """A page of this size was answered, though maybe with fewer rows."""
        if self.blameless:
            return PageSizes()  # what was wrong is over, and nothing is known of the size
        return PageSizes(tuple(it for it in LIMITS if it <= limit))

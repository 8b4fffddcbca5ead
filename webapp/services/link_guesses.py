"""How often a machine may try links that open nothing: counted per address on the network."""

from __future__ import annotations

from datetime import datetime

from webapp.services import sign_in_throttle


def is_guessing(kind: str, token: str, address: str, at: datetime) -> bool:
    """Whether an address has tried too many links that open nothing; counts this one. Asked only where a link
    opens nothing: a right one works from everywhere, since a whole mobile network may share one address.

    kind: what the links open, counted each by itself.
    """
    # Beside the count of sign-ins, never in it: a forgotten link must not lock a school out.
    asking = f"{kind}:{address}"
    if sign_in_throttle.is_address_closed(asking, at):
        return True
    sign_in_throttle.record_failure(f"{kind}:{token}", asking, at)
    return False

"""What the assistant can do, one capability a module. The list is the table of contents; where
several answer to the same thing, they do so in this order."""

from handlers import (
    alarms,
    assignment,
    call_first,
    catching_up,
    client_words,
    closing,
    entering,
    escalation,
    first_view,
    follow_up,
    handover,
    helping,
    housekeeping,
    messages,
    mute,
    reassign,
    watching,
)

ROUTERS = (
    messages.router,
    handover.router,
    assignment.router,
    client_words.router,
    first_view.router,
    follow_up.router,
    escalation.router,
    reassign.router,
    mute.router,
    call_first.router,
    entering.router,
    closing.router,
    alarms.router,
    watching.router,
    catching_up.router,
    housekeeping.router,
    helping.router,
)

"""节奏: the day's stand-up, lists and figures, one digest a person and time."""

from handlers.rhythm import (
    digest,
    focus_log,
    follow_rate,
    golden_hours,
    heat_map,
    listing,
    overdue,
    people_figures,
    pictures,
    planning,
    stand_up,
    top,
)
from handlers.router import Router

ROUTERS: tuple[Router, ...] = (
    planning.router,
    digest.router,
    stand_up.router,
    focus_log.router,
    top.router,
    overdue.router,
    heat_map.router,
    golden_hours.router,
    follow_rate.router,
    people_figures.router,
    listing.router,
    pictures.router,
)

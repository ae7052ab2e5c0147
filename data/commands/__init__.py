"""Commands to devices: asked for, approved, sent at most once, answered or timed out."""

from data.commands.addressing import MQTT, SPARKPLUG, STATIONS, Addressee, read_addressee
from data.commands.answers import Answer, Outcome, take_answer
from data.commands.asking import Asked, Wish, approve, person_behind, request, withdraw
from data.commands.delivery import Order, due, end_overdue, end_unsent, mark_sent, note_carried
from data.commands.errors import (
    REFUSALS,
    CommandRefusedError,
    CommandUnknownError,
    IllegalStepError,
    KeyReusedError,
    SecondPersonError,
)
from data.commands.kinds import CommandKind, command_kinds
from data.commands.life import ENDED, NEXT, UNDER_WAY, Event, State, after, after_answer
from data.commands.listing import COMMANDS, read_commands
from data.commands.parameters import ParameterKind, Value
from data.commands.states import DESIRED_AND_REPORTED, in_agreement

__all__ = [
    "COMMANDS",
    "DESIRED_AND_REPORTED",
    "ENDED",
    "MQTT",
    "NEXT",
    "REFUSALS",
    "SPARKPLUG",
    "STATIONS",
    "UNDER_WAY",
    "Addressee",
    "Answer",
    "Asked",
    "CommandKind",
    "CommandRefusedError",
    "CommandUnknownError",
    "Event",
    "IllegalStepError",
    "KeyReusedError",
    "Order",
    "Outcome",
    "ParameterKind",
    "SecondPersonError",
    "State",
    "Value",
    "Wish",
    "after",
    "after_answer",
    "approve",
    "command_kinds",
    "due",
    "end_overdue",
    "end_unsent",
    "in_agreement",
    "mark_sent",
    "note_carried",
    "person_behind",
    "read_addressee",
    "read_commands",
    "request",
    "take_answer",
    "withdraw",
]

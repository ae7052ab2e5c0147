"""What is counted about commands, for Prometheus."""

from prometheus_client import Counter

SENT = Counter("citytwin_commands_sent", "Commands sent", ["protocol"])
UNSENT = Counter("citytwin_commands_unsent", "Commands that could not be sent", ["protocol"])
OVERDUE = Counter("citytwin_commands_overdue", "Commands that ended for lack of time", ["state"])
ANSWERS = Counter("citytwin_command_answers", "Answers of devices, by what became of them", ["why"])

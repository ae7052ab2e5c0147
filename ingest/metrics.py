"""What ingest counts about itself, for Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

RECEIVED = Counter("citytwin_messages_received", "Messages received", ["source"])
STORED = Counter("citytwin_readings_stored", "Readings newly stored")
KNOWN = Counter(
    "citytwin_readings_known", "Readings that stood already: redelivered or in conflict"
)
PARKED = Counter("citytwin_messages_parked", "Messages parked, by reason", ["reason"])
PARKED_DROPPED = Counter("citytwin_parked_dropped", "Parked messages dropped as too many")
DECODER_FAILURES = Counter(
    "citytwin_decoder_failures", "Messages that a decoder could not bear, by decoder", ["decoder"]
)
JUDGEMENTS = Counter("citytwin_judgements", "Judgements of rules, by reason", ["reason"])
LEFT_OUT = Counter(
    "citytwin_messages_left_out", "Messages of no source, or unconfirmed ones in a flood", ["why"]
)
REFUSED = Counter(
    "citytwin_messages_refused", "Messages of throttled senders that were not taken", ["source"]
)
UNKNOWN_NAMES = Counter(
    "citytwin_messages_with_unknown_names",
    "Messages of known devices with names that nobody knows; few of them are parked",
    ["vocabulary"],
)
UNACKNOWLEDGED = Gauge("citytwin_messages_unacknowledged", "Messages received and not yet done")
BATCH_MESSAGES = Histogram(
    "citytwin_batch_messages", "Messages in a batch", buckets=(1, 10, 100, 500, 1000, 2000, 4000)
)
DATABASE_SECONDS = Histogram("citytwin_batch_database_seconds", "Time of a batch in the store")
LAG_SECONDS = Gauge("citytwin_ingest_lag_seconds", "Age of the oldest message of the last batch")
HEARTBEAT = Gauge(
    "citytwin_heartbeat_timestamp_seconds", "When ingest last committed a sign of life"
)
STORE_RETRIES = Counter("citytwin_store_retries", "Batches offered again after the store was lost")
ROLLUP_SECONDS = Histogram("citytwin_rollup_seconds", "Time of a run of the rollup job")

LINK_LAG_SECONDS = Gauge(
    "citytwin_links_lag_seconds", "Age of the oldest change of the register without its links"
)
LINKS_DUE = Gauge("citytwin_links_due", "Devices whose links are to be found anew")
LINKED = Counter("citytwin_devices_linked", "Devices whose links were found anew")
LINK_FAILURES = Counter("citytwin_link_failures", "Portions of devices that could not be linked")

INCIDENTS_KEPT = Counter(
    "citytwin_incident_alerts", "Changes of alerts that the keeper of incidents took in"
)

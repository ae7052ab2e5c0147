"""A weather bureau's rainstorm signal, as it might be sent."""

SQUARE = "22.70,113.90 22.70,114.00 22.80,114.00 22.80,113.90 22.70,113.90"


def rainstorm(**given: str) -> bytes:
    """Return a message; ``polygon``, ``colour``, ``identifier`` and the like can be given."""
    said = {
        "identifier": "44030041600000_20260501080000",
        "sender": "bureau@sz.example",
        "sent": "2026-05-01T12:00:00+08:00",
        "status": "Actual",
        "type": "Alert",
        "references": "",
        "event": "暴雨",
        "headline": "深圳市发布暴雨红色预警信号",
        "severity": "Extreme",
        "onset": "2026-05-01T12:00:00+08:00",
        "expires": "2026-05-01T18:00:00+08:00",
        "place": f"<areaDesc>全市</areaDesc><polygon>{SQUARE}</polygon>",
        "category": "Met",
    } | given
    info = f"""<info><language>zh-CN</language><category>{said["category"]}</category>
        <event>{said["event"]}</event><urgency>Immediate</urgency>
        <severity>{said["severity"]}</severity><certainty>Observed</certainty>
        <onset>{said["onset"]}</onset><expires>{said["expires"]}</expires>
        <headline>{said["headline"]}</headline><area>{said["place"]}</area></info>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
        <identifier>{said["identifier"]}</identifier><sender>{said["sender"]}</sender>
        <sent>{said["sent"]}</sent><status>{said["status"]}</status>
        <msgType>{said["type"]}</msgType><scope>Public</scope>
        <references>{said["references"]}</references>{info}</alert>""".encode()

"""What alerts come to: recordings judged, sets compared, detections scored, the load on people."""

"""The simulated storm: rain, runoff, flooded roads, a pollutant on its way, and three incidents."""

from data.demo.storm.basin import NetworkShapeError
from data.demo.storm.incidents import CameraEvent
from data.demo.storm.rain import Hyetograph
from data.demo.storm.reports import SensorSiteError
from data.demo.storm.run import Step, StormRun
from data.demo.storm.truth import StormTruth, storm_truth, write_truth

__all__ = [
    "CameraEvent",
    "Hyetograph",
    "NetworkShapeError",
    "SensorSiteError",
    "Step",
    "StormRun",
    "StormTruth",
    "storm_truth",
    "write_truth",
]

"""Networks of the store: the register's own, and those of models that were imported."""

from data.networks.listing import NetworkListing, list_networks
from data.networks.model_network import model_network
from data.networks.register_network import REGISTER, register_network
from data.networks.shelf import Shelf, UnknownNetworkError

__all__ = [
    "REGISTER",
    "NetworkListing",
    "Shelf",
    "UnknownNetworkError",
    "list_networks",
    "model_network",
    "register_network",
]

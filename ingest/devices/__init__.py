"""How the devices are: who is heard, who is late, silent, faulty, or runs by a wrong clock."""

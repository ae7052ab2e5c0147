"""CityGML 1.0, 2.0 and 3.0 with its extensions (i-UR of PLATEAU), read as a stream."""

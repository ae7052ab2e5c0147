"""3D Tiles 1.0 and 1.1 (OGC 18-053r2, 22-025r4): looked through, registered, served."""

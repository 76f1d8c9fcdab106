"""View models: frozen dataclasses that say what a page shows, built from repositories, translated, ready to print."""

"""A real search engine on this machine, for tests and demonstrations of what is kept in one."""

from inferencectl.sandbox.search_engine.files import search_engine_files, why_no_search_engine
from inferencectl.sandbox.search_engine.running import SearchEngine, search_engine

__all__ = ["SearchEngine", "search_engine", "search_engine_files", "why_no_search_engine"]

// A library needs a source; this one is only there for its headers.

//! The sampler against every CPython that can be found: by `PATH`, pyenv and `UNSLOW_PYTHONS`.

#[path = "live/support.rs"]
mod support;

#[path = "support/packages.rs"]
mod packages;

#[path = "live/asyncio.rs"]
mod asyncio;

#[path = "live/dump.rs"]
mod dump;

#[path = "formats/schema.rs"]
mod schema;

#[path = "live/every_version.rs"]
mod every_version;

#[path = "live/columns.rs"]
mod columns;

#[path = "live/constructors.rs"]
mod constructors;

#[path = "live/arguments.rs"]
mod arguments;

#[path = "live/evidence.rs"]
mod evidence;

#[path = "live/processes.rs"]
mod processes;

#[path = "live/exact/mod.rs"]
mod exact;

#[path = "live/flutter.rs"]
mod flutter;

#[path = "live/free_threaded.rs"]
mod free_threaded;

#[path = "live/jit.rs"]
mod jit;

#[path = "live/reach.rs"]
mod reach;

#[path = "live/sub_interpreters.rs"]
mod sub_interpreters;

#[path = "live/too_deep.rs"]
mod too_deep;

//! Who is recorded: spawn or pid, identity, children, permissions.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writing to a connection that is gone becomes an error instead of the end of the process. Each process calls it
/// once, first of all; again changes nothing.
public func ignoreSIGPIPE() {
    signal(SIGPIPE, SIG_IGN)
}

/// The calling thread gives way to others when the processor is short: work that nobody waits for. `nice`: 0…19; 0 changes
/// nothing. Threads that it starts later do as well. Best effort.
public func giveWay(nice: Int32) {
    #if os(Linux)
        // Of the thread alone: its number is no process's.
        if nice > 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, nice) }
    #endif
}

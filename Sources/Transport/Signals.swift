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

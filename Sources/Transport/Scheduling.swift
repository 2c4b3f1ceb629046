// How a process's threads share the processors. Best effort: where the system does not let it, all stays as it was.

import CCalls

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The process's threads, and those that they start later, have turns of so many microseconds on a processor that others
/// want too, 100 to 100,000; whoever is woken then waits no longer for one of them. Linux 6.12 and later.
public func takeShortTurns(micros: UInt64 = 100) {
    #if os(Linux)
        guard let tasks = opendir("/proc/self/task") else { return }
        defer { closedir(tasks) }
        while let entry = readdir(tasks) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let thread = Int32(name) { _ = set_turn(thread, micros * 1_000) }
        }
    #endif
}

/// The calling thread alone has such turns: whoever has shorter ones and is woken gets its own at once.
public func takeTurns(micros: UInt64) {
    #if os(Linux)
        _ = set_turn(0, micros * 1_000)
    #endif
}

/// The calling thread gives way to others when the processor is short, and has long turns. `nice`: 0…19; no more than it
/// gives way already changes nothing of that. Threads that it starts later do as well.
public func giveWay(nice: Int32) {
    #if os(Linux)
        give_way(nice)
    #endif
}

// Bugs that tests plant in running processes, to show that the checkers would find them. Debug builds only
// (Package.swift); each is one line at the place of the true code. `FENLIU_PLANTED_BUG` names the one that a process has.

#if PLANTED_BUGS
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #else
        import Darwin
    #endif

    public enum PlantedBug: String, CaseIterable, Sendable {
        /// A reply leaves when its event is decided, not when it is on the disk (I2).
        case acknowledgeBeforeDurable
        /// Whoever held a shard once may write to it for ever (I4).
        case noTermCheck
        /// The command IDs that were answered are forgotten when a shard is opened (I9).
        case commandIDInMemoryOnly
        /// An agent's load is a counter of its own, which an ended session does not reach (I6).
        case loadKeptApart
        /// A follower notes its place before it writes what it derived (I8).
        case placeInAnotherTransaction
        /// A command is decided by a state that was read before a suspension.
        case decisionAcrossAwait
        /// Buyers in memory are never let go.
        case cacheWithoutBound
        /// Who gives a command again hears that it was done, and not what came of it (I9).
        case retryWithoutFirstAnswer

        /// The environment variable; children inherit it from the supervisor.
        public static let variable = "FENLIU_PLANTED_BUG"

        /// This process's.
        public static let chosen = getenv(variable).flatMap { PlantedBug(rawValue: String(cString: $0)) }
    }
#endif

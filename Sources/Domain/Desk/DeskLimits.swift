/// Bounds of one shop's desk. Settings of the platform, the same for every process of a cluster.
public struct DeskLimits: Hashable, Sendable {
    /// Default 10,000.
    public var agents = 10_000
    /// Default 1,000.
    public var groups = 1_000
    /// Open sessions at once; beyond it a new buyer's message is refused. Default 1,000,000.
    public var openSessions = 1_000_000
    /// A roster is noted after so many events of the shop (DIV-10). Default 2,048.
    public var noteEvery = 2_048

    /// MEM-2: what standards demand of the shops that name them. Default: those that ship.
    public var pilotStandards = PilotStandard.presets

    #if PLANTED_BUGS
        public var loadKeptApart = false
    #endif

    public init() {}
}

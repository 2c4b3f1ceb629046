// MEM-2: what an industry's standard demands of the shops of the platform's standardisation pilot.

public struct PilotStandard: Hashable, Codable, Sendable {
    public var name: String
    /// The benefit must be on for at least every level from this one on; nil if the standard does not list it.
    public var memberPriorityLevel: Int?

    public init(name: String, memberPriorityLevel: Int?) {
        self.name = name
        self.memberPriorityLevel = memberPriorityLevel
    }

    enum CodingKeys: String, CodingKey {
        case name
        case memberPriorityLevel
    }

    /// The standards that ship. A shop's `pilotStandard` that is none of the platform's demands nothing.
    public static let presets = [
        PilotStandard(name: "apparel-2022", memberPriorityLevel: 1),
        PilotStandard(name: "beauty-2022", memberPriorityLevel: 2),
        PilotStandard(name: "electronics-2022", memberPriorityLevel: 3),
        PilotStandard(name: "food-2022", memberPriorityLevel: nil),
    ]

    /// Where settings fall short of the standard; empty if nowhere.
    public func faults(_ benefit: MemberPrioritySettings) -> [FieldFault] {
        guard let level = memberPriorityLevel else { return [] }
        if !benefit.enabled {
            return [
                FieldFault(
                    pointer: "/memberPriority/enabled",
                    detail: "must be true: the pilot standard \(name) lists the benefit (MEM-2)")
            ]
        }
        guard benefit.minLevel > level else { return [] }
        return [
            FieldFault(
                pointer: "/memberPriority/minLevel",
                detail: "must be at most \(level): the pilot standard \(name) demands it (MEM-2)")
        ]
    }
}

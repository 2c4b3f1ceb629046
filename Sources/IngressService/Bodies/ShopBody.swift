import Domain
import Foundation

extension SetShop {
    static let toolLevels = ["basic", "intermediate", "advanced"]

    /// `{name, timeZone, toolLevel, relationVolume?, pilotStandard?}`
    init?(_ fields: inout Fields) {
        fields.needs("name")
        let name = fields.text("name", bytes: BodyBounds.name)
        let timeZone = fields.text("timeZone", bytes: 1...64) ?? "Asia/Shanghai"
        if TimeZone(identifier: timeZone) == nil {
            fields.faults.add(fields.path("timeZone"), "is not the name of a time zone")
        }
        let toolLevel = fields.text("toolLevel", bytes: 1...64) ?? "basic"
        if !Self.toolLevels.contains(toolLevel) {
            fields.faults.add(
                fields.path("toolLevel"), "must be one of \(Self.toolLevels.joined(separator: ", "))")
        }
        let relationVolume = fields.integer("relationVolume", 0...1_000_000_000)
        let pilotStandard = fields.text("pilotStandard", bytes: 1...64)
        fields.finish()
        guard let name else { return nil }
        self.init(
            name: name, timeZone: timeZone, toolLevel: toolLevel, relationVolume: relationVolume,
            pilotStandard: pilotStandard)
    }
}

// The operating system's time zones as values of the core. A zone is looked through once and kept.

import Domain
import Foundation
import Synchronization

public final class Zones: Sendable {
    /// Most zones that are kept; there are about 600 names.
    private static let kept = 1_024
    private static let firstYear: TimeInterval = 0
    /// 2100-01-01; the last offset holds from then on.
    private static let lastYear: TimeInterval = 4_102_444_800
    /// Zones do not change twice within so many seconds.
    private static let step: TimeInterval = 5 * 86_400

    private let known = Mutex<[String: ZoneRules]>([:])

    public init() {}

    public var source: ZoneSource { { self.rules($0) } }

    public func rules(_ name: String) -> ZoneRules {
        if let found = known.withLock({ $0[name] }) { return found }
        let rules = Self.read(name)
        known.withLock { if $0.count < Self.kept { $0[name] = rules } }
        return rules
    }

    private static func read(_ name: String) -> ZoneRules {
        guard let zone = TimeZone(identifier: name) else { return ZoneRules(name: "UTC", offsetMinutes: 0) }
        func offset(_ seconds: TimeInterval) -> Int {
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds))
        }
        var last = offset(firstYear)
        var changes = [ZoneRules.Change(at: .distantPast, offsetMillis: Int64(last) * 1_000)]
        var time = firstYear
        while time < lastYear {
            let next = time + step
            if offset(next) != last {
                // The first second with the new offset.
                var low = time
                var high = next
                while high - low > 1 {
                    let middle = ((low + high) / 2).rounded(.down)
                    if offset(middle) == last { low = middle } else { high = middle }
                }
                last = offset(next)
                changes.append(
                    ZoneRules.Change(at: Timestamp(millis: Int64(high) * 1_000), offsetMillis: Int64(last) * 1_000))
            }
            time = next
        }
        return ZoneRules(name: name, changes: changes)
    }
}

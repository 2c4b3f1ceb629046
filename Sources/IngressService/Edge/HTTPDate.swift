// The `Date` of a response (RFC 9110, 5.6.7), made once a second.

import Domain

struct HTTPDate {
    private var second = Int64.min
    private var text = ""

    /// Of a moment in milliseconds since 1970 in UTC, such as `Thu, 11 Dec 2025 08:00:00 GMT`. Years 0–9999.
    mutating func text(at time: Timestamp) -> String {
        let now = Self.floored(time.millis, 1_000)
        if now != second {
            second = now
            text = Self.format(now)
        }
        return text
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "01": "Jan", "02": "Feb", "03": "Mar", "04": "Apr", "05": "May", "06": "Jun", "07": "Jul", "08": "Aug",
        "09": "Sep", "10": "Oct", "11": "Nov", "12": "Dec",
    ]

    private static func format(_ second: Int64) -> String {
        let stamp = RFC3339.text(Timestamp(millis: second * 1_000)).utf8.map { $0 }
        func part(_ range: Range<Int>) -> String { String(decoding: stamp[range], as: UTF8.self) }
        let day = floored(second, 86_400)
        let weekday = days[Int(day - floored(day, 7) * 7)]
        return "\(weekday), \(part(8..<10)) \(months[part(5..<7)] ?? "") \(part(0..<4)) \(part(11..<19)) GMT"
    }

    private static func floored(_ value: Int64, _ unit: Int64) -> Int64 {
        value >= 0 ? value / unit : -((unit - 1 - value) / unit)
    }
}

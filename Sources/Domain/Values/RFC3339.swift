// Times as text: RFC 3339 with milliseconds, written in UTC, read with any offset. Proleptic Gregorian calendar.

public enum RFC3339 {
    /// `2025-12-11T00:02:50.417Z`, for years 0–9999; other times are clamped to those bounds.
    public static func text(_ time: Timestamp) -> String {
        let clamped = min(max(time.millis, -62_167_219_200_000), 253_402_300_799_999)
        let day = floorDivide(clamped, 86_400_000)
        var rest = clamped - day * 86_400_000
        let (year, month, dayOfMonth) = civil(fromDay: day)
        let millis = rest % 1_000
        rest /= 1_000
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        func put(_ value: Int64, _ width: Int) {
            var scale: Int64 = 1
            for _ in 1..<width { scale *= 10 }
            for _ in 0..<width {
                bytes.append(UInt8(48 + (value / scale) % 10))
                scale /= 10
            }
        }
        put(year, 4)
        bytes.append(UInt8(ascii: "-"))
        put(month, 2)
        bytes.append(UInt8(ascii: "-"))
        put(dayOfMonth, 2)
        bytes.append(UInt8(ascii: "T"))
        put(rest / 3_600, 2)
        bytes.append(UInt8(ascii: ":"))
        put(rest / 60 % 60, 2)
        bytes.append(UInt8(ascii: ":"))
        put(rest % 60, 2)
        bytes.append(UInt8(ascii: "."))
        put(millis, 3)
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a date-time with an offset; digits of a second beyond the third are cut off. Nil for anything else.
    public static func parse(_ text: String) -> Timestamp? {
        var cursor = Cursor(Array(text.utf8))
        guard let year = cursor.digits(4), cursor.take("-"),
            let month = cursor.digits(2), cursor.take("-"),
            let day = cursor.digits(2), cursor.take("T", or: "t"),
            let hour = cursor.digits(2), cursor.take(":"),
            let minute = cursor.digits(2), cursor.take(":"),
            let second = cursor.digits(2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= daysIn(month: month, year: year),
            hour <= 23, minute <= 59, second <= 59
        else { return nil }
        guard let millis = cursor.fraction(), let offset = cursor.offset(), cursor.atEnd else { return nil }
        let days = dayNumber(year: year, month: month, day: day)
        return Timestamp(
            millis: ((days * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1_000 + millis)
    }

    /// Days since 1970-01-01 of a date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    public static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = floorDivide(y, 400)
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(fromDay number: Int64) -> (Int64, Int64, Int64) {
        let shifted = number + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func daysIn(month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        a >= 0 ? a / b : -((-a + b - 1) / b)
    }

    private struct Cursor {
        let bytes: [UInt8]
        var at = 0
        init(_ bytes: [UInt8]) { self.bytes = bytes }
        var atEnd: Bool { at == bytes.count }

        mutating func take(_ a: Unicode.Scalar, or b: Unicode.Scalar? = nil) -> Bool {
            guard at < bytes.count else { return false }
            if bytes[at] == UInt8(ascii: a) || b.map({ bytes[at] == UInt8(ascii: $0) }) == true {
                at += 1
                return true
            }
            return false
        }

        mutating func digit() -> Int64? {
            guard at < bytes.count, (48...57).contains(bytes[at]) else { return nil }
            at += 1
            return Int64(bytes[at - 1] - 48)
        }

        mutating func digits(_ count: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<count {
                guard let next = digit() else { return nil }
                value = value * 10 + next
            }
            return value
        }

        mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            var millis: Int64 = 0
            var count = 0
            while let next = digit() {
                if count < 3 { millis = millis * 10 + next }
                count += 1
            }
            guard count > 0 else { return nil }
            for _ in min(count, 3)..<3 { millis *= 10 }
            return millis
        }

        /// Minutes east of UTC.
        mutating func offset() -> Int64? {
            if take("Z", or: "z") { return 0 }
            let sign: Int64
            if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
            guard let hours = digits(2), take(":"), let minutes = digits(2), hours <= 23, minutes <= 59 else {
                return nil
            }
            return sign * (hours * 60 + minutes)
        }
    }
}

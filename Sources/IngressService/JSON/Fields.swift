// Typed reading of a request body. Every fault of a body is collected, so that one answer names them all; a field
// that is not known is a fault too. `null` counts as absent.

import Domain

/// The faults of one body, shared by the readers of its parts.
final class FaultList {
    private(set) var faults: [Problem.Fault] = []
    private(set) var hasFutureTime = false
    private var hasOther = false
    /// Most faults that are named; the body is refused all the same.
    static let limit = 100

    func add(_ pointer: String, _ detail: String) {
        hasOther = true
        append(pointer, detail)
    }

    func addFutureTime(_ pointer: String) {
        hasFutureTime = true
        append(pointer, "lies in the future")
    }

    private func append(_ pointer: String, _ detail: String) {
        if faults.count < Self.limit { faults.append(.init(pointer: pointer, detail: detail)) }
    }

    /// The problem that these faults make; nil if there are none.
    var problem: Problem? {
        if faults.isEmpty { return nil }
        return hasFutureTime && !hasOther ? .timeInFuture(faults) : .invalid(faults)
    }

    func check() throws(Problem) {
        if let problem { throw problem }
    }
}

struct Fields {
    let faults: FaultList
    /// JSON pointer to this object; empty for the whole body.
    let pointer: String
    private let members: [JSONMember]
    private var known: Set<Int> = []

    init(_ value: JSONValue, at pointer: String = "", faults: FaultList) {
        self.faults = faults
        self.pointer = pointer
        if case .object(let members) = value {
            self.members = members
        } else {
            self.members = []
            faults.add(pointer, "must be an object, is \(value.kindName)")
        }
    }

    func path(_ name: String) -> String {
        "\(pointer)/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    var names: [String] { members.map(\.name) }

    /// Here `null` does not count as absent.
    func refuseNulls() {
        for member in members where member.value == .null { faults.add(path(member.name), "must not be null") }
    }

    /// Each of these must be there.
    func needs(_ names: String...) {
        for name in names where !members.contains(where: { $0.name == name && $0.value != .null }) {
            faults.add(path(name), "is required")
        }
    }

    /// The value of a field; nil if it is absent or null.
    mutating func take(_ name: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.name == name }) else { return nil }
        known.insert(index)
        let value = members[index].value
        return value == .null ? nil : value
    }

    func has(_ name: String) -> Bool {
        members.contains { $0.name == name && $0.value != .null }
    }

    /// A text of so many bytes of UTF-8.
    mutating func text(_ name: String, bytes: ClosedRange<Int>) -> String? {
        guard let value = take(name) else { return nil }
        return Self.text(value, bytes: bytes, at: path(name), faults)
    }

    static func text(
        _ value: JSONValue, bytes: ClosedRange<Int>, at pointer: @autoclosure () -> String, _ faults: FaultList
    ) -> String? {
        guard case .text(let text) = value else {
            faults.add(pointer(), "must be a string, is \(value.kindName)")
            return nil
        }
        guard bytes.contains(text.utf8.count) else {
            faults.add(
                pointer(), "must have \(bytes.lowerBound) to \(bytes.upperBound) bytes of UTF-8, has \(text.utf8.count)"
            )
            return nil
        }
        return text
    }

    mutating func identifier<I: Identifier>(_ name: String, _ type: I.Type = I.self) -> I? {
        guard let value = take(name) else { return nil }
        return Self.identifier(value, at: path(name), faults)
    }

    static func identifier<I: Identifier>(
        _ value: JSONValue, at pointer: @autoclosure () -> String, _ faults: FaultList
    ) -> I? {
        guard case .text(let text) = value else {
            faults.add(pointer(), "must be a string, is \(value.kindName)")
            return nil
        }
        do throws(IdentifierFault) {
            return try I(checking: text)
        } catch {
            faults.add(pointer(), error.detail)
            return nil
        }
    }

    mutating func identifiers<I: Identifier>(_ name: String, _ type: I.Type = I.self, atMost limit: Int) -> [I]? {
        list(name, atMost: limit)?.compactMap { Self.identifier($0.value, at: $0.pointer, faults) }
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = take(name) else { return nil }
        guard case .integer(let number) = value else {
            if case .decimal = value {
                faults.add(path(name), "must be a whole number")
            } else {
                faults.add(path(name), "must be a number, is \(value.kindName)")
            }
            return nil
        }
        guard let number = Int(exactly: number), range.contains(number) else {
            faults.add(path(name), "must be \(range.lowerBound) to \(range.upperBound), is \(number)")
            return nil
        }
        return number
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .flag(let flag) = value else {
            faults.add(path(name), "must be true or false, is \(value.kindName)")
            return nil
        }
        return flag
    }

    mutating func named<N: Named>(_ name: String, _ type: N.Type = N.self) -> N? {
        guard let value = take(name) else { return nil }
        return Self.named(value, at: path(name), faults)
    }

    static func named<N: Named>(_ value: JSONValue, at pointer: @autoclosure () -> String, _ faults: FaultList) -> N? {
        guard case .text(let text) = value else {
            faults.add(pointer(), "must be a string, is \(value.kindName)")
            return nil
        }
        guard let found = N(name: text) else {
            faults.add(pointer(), "must be one of \(N.names.joined(separator: ", "))")
            return nil
        }
        return found
    }

    /// A time in RFC 3339, not after `bound` if one is given.
    mutating func time(_ name: String, notAfter bound: Timestamp? = nil) -> Timestamp? {
        guard let value = take(name) else { return nil }
        guard case .text(let text) = value else {
            faults.add(path(name), "must be a string, is \(value.kindName)")
            return nil
        }
        guard let time = RFC3339.parse(text) else {
            faults.add(path(name), "must be a time such as 2025-12-11T08:00:00.000Z")
            return nil
        }
        guard time >= Timestamp(millis: 0) else {
            faults.add(path(name), "must not lie before 1970")
            return nil
        }
        if let bound, time > bound {
            faults.addFutureTime(path(name))
            return nil
        }
        return time
    }

    mutating func list(_ name: String, atMost limit: Int) -> [(value: JSONValue, pointer: String)]? {
        guard let value = take(name) else { return nil }
        guard case .list(let elements) = value else {
            faults.add(path(name), "must be an array, is \(value.kindName)")
            return nil
        }
        guard elements.count <= limit else {
            faults.add(path(name), "must have at most \(limit) elements, has \(elements.count)")
            return nil
        }
        let base = path(name)
        return elements.enumerated().map { ($0.element, "\(base)/\($0.offset)") }
    }

    mutating func texts(_ name: String, bytes: ClosedRange<Int>, atMost limit: Int) -> [String]? {
        list(name, atMost: limit)?.compactMap { Self.text($0.value, bytes: bytes, at: $0.pointer, faults) }
    }

    mutating func object(_ name: String) -> Fields? {
        guard let value = take(name) else { return nil }
        return Fields(value, at: path(name), faults: faults)
    }

    /// Names the fields that nobody asked for.
    func finish() {
        for (index, member) in members.enumerated() where !known.contains(index) {
            faults.add(path(member.name), "is not a known field")
        }
    }
}

extension IdentifierFault {
    var detail: String {
        switch self {
        case .empty: "must not be empty"
        case .tooLong: "must be at most \(IdentifierLimit.bytes) bytes of UTF-8"
        case .controlCharacter: "must not hold control characters"
        }
    }
}

import Domain
import IngressService

/// One line of a day, read field by field; each fault names the line and the field.
struct DayLine {
    let number: Int
    private let value: JSONValue

    init(_ bytes: ArraySlice<UInt8>, number: Int) throws(DayFault) {
        self.number = number
        guard bytes.count <= DayFile.lineLimit else {
            throw DayFault(line: number, field: nil, detail: "is over \(DayFile.lineLimit) bytes")
        }
        do throws(JSONFault) {
            value = try JSONReader.read(bytes)
        } catch {
            throw DayFault(line: number, field: nil, detail: "is not JSON: byte \(error.offset) \(error.reason)")
        }
        guard case .object = value else { throw DayFault(line: number, field: nil, detail: "must be an object") }
    }

    func fault(_ field: String, _ detail: String) -> DayFault {
        DayFault(line: number, field: field, detail: detail)
    }

    /// Throws if the field is missing and there is no `otherwise`.
    func text(_ name: String, otherwise: String? = nil) throws(DayFault) -> String {
        switch value[name] {
        case .text(let text)?: return text
        case nil:
            guard let otherwise else { throw fault(name, "is missing") }
            return otherwise
        default: throw fault(name, "must be a string")
        }
    }

    func identifier<ID: Identifier>(_ name: String) throws(DayFault) -> ID {
        let text = try text(name)
        do throws(IdentifierFault) {
            return try ID(checking: text)
        } catch {
            throw fault(name, "must have 1 to \(IdentifierLimit.bytes) bytes and no control characters")
        }
    }

    func time(_ name: String) throws(DayFault) -> Timestamp {
        guard let time = RFC3339.parse(try text(name)) else {
            throw fault(name, "must be a time such as 2025-12-11T08:00:00.000+08:00")
        }
        return time
    }

    func integer(_ name: String) throws(DayFault) -> Int {
        guard let found = value[name] else { throw fault(name, "is missing") }
        guard case .integer(let number) = found, let number = Int(exactly: number) else {
            throw fault(name, "must be a whole number")
        }
        return number
    }

    func number(_ name: String, _ range: ClosedRange<Double>, otherwise: Double?) throws(DayFault) -> Double {
        let number: Double
        switch value[name] {
        case .integer(let whole)?: number = Double(whole)
        case .decimal(let decimal)?: number = decimal
        case nil:
            guard let otherwise else { throw fault(name, "is missing") }
            number = otherwise
        default: throw fault(name, "must be a number")
        }
        guard range.contains(number) else {
            throw fault(name, "must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The members of an object; none if the field is missing.
    func members(_ name: String) throws(DayFault) -> [JSONMember] {
        switch value[name] {
        case .object(let members)?: return members
        case nil: return []
        default: throw fault(name, "must be an object")
        }
    }

    /// A thing whose ID is in the field that bears the kind's name; the other fields are the body for the API.
    func entry(
        _ kind: String, without dropped: [String] = [], among names: inout Set<String>
    ) throws(DayFault) -> DayFile.Entry {
        let id: AgentID = try identifier(kind)
        guard names.insert("\(kind) \(id)").inserted else { throw fault(kind, "\(id) was there before") }
        guard case .object(let members) = value else { throw fault(kind, "must be in an object") }
        let rest = members.filter { $0.name != "kind" && $0.name != kind && !dropped.contains($0.name) }
        return DayFile.Entry(id: id.rawValue, body: .object(rest))
    }
}

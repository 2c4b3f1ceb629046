// What a client is told when a request is refused or fails: RFC 9457, with a stable `code`. The list of codes is in
// Protocols/openapi.yaml, schema `Problem`.

import Domain
import Journal

/// One problem. Nothing was changed by a request that is answered with it, except where `code` is `timeout`.
public struct Problem: Error, Equatable, Sendable {
    /// A field of the body (`pointer`, RFC 6901) or a part of the URL or header (`parameter`) that is wrong.
    public struct Fault: Equatable, Sendable {
        public var pointer: String?
        public var parameter: String?
        public var detail: String

        public init(pointer: String? = nil, parameter: String? = nil, detail: String) {
            self.pointer = pointer
            self.parameter = parameter
            self.detail = detail
        }
    }

    public var status: Int
    public var code: String
    public var title: String
    public var detail: String
    public var faults: [Fault]
    /// Whole seconds after which to try again.
    public var retryAfter: Int?
    /// Of 405: the methods that there are.
    public var allow: String?

    public init(
        _ status: Int, _ code: String, _ title: String, detail: String, faults: [Fault] = [], retryAfter: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.faults = faults
        self.retryAfter = retryAfter
    }

    public func body(requestID: String) -> [UInt8] {
        JSONWriter.object { json in
            json.field("type", "urn:fenliu:problem:\(code)")
            json.field("title", title)
            json.field("status", status)
            json.field("detail", detail)
            json.field("code", code)
            if !faults.isEmpty {
                json.field("errors", list: faults) { json, fault in
                    json.object { json in
                        json.field("pointer", fault.pointer)
                        json.field("parameter", fault.parameter)
                        json.field("detail", fault.detail)
                    }
                }
            }
            json.field("request_id", requestID)
        }
    }
}

extension Problem {
    static func malformed(_ fault: JSONFault) -> Problem {
        Problem(
            400, "malformedBody", "The body is not valid JSON",
            detail: "The body \(fault.reason) (byte \(fault.offset)).")
    }

    static func invalid(_ faults: [Fault]) -> Problem {
        Problem(422, "invalid", "The request has wrong values", detail: summary(faults), faults: faults)
    }

    static func timeInFuture(_ faults: [Fault]) -> Problem {
        Problem(422, "timeInFuture", "A time lies in the future", detail: summary(faults), faults: faults)
    }

    static func parameter(_ name: String, _ detail: String) -> Problem {
        .invalid([Fault(parameter: name, detail: detail)])
    }

    private static func summary(_ faults: [Fault]) -> String {
        guard let first = faults.first else { return "A value is out of its range." }
        let place = first.pointer.map { $0.isEmpty ? "The body" : $0 } ?? first.parameter ?? "The body"
        return "\(place) \(first.detail)" + (faults.count > 1 ? ", and \(faults.count - 1) more." : ".")
    }

    static func bodyTooLarge(limit: Int) -> Problem {
        Problem(
            413, "bodyTooLarge", "The body is too large", detail: "The body must have at most \(limit) bytes.")
    }

    static let twoKeys = Problem(
        400, "twoKeys", "Two keys for one request",
        detail: "The header Idempotency-Key and the body's id are both keys: give one of them, or the same twice.",
        faults: [
            Fault(parameter: "Idempotency-Key", detail: "is not the body's id"),
            Fault(pointer: "/id", detail: "is not the Idempotency-Key"),
        ])

    static let noSuchThing = Problem(
        404, "notFound", "Not found", detail: "There is nothing here, or nothing that this token may see.")

    static func methodNotAllowed(_ methods: [String]) -> Problem {
        var problem = Problem(
            405, "methodNotAllowed", "Method not allowed",
            detail: "This takes \(methods.joined(separator: ", ")).")
        problem.allow = methods.joined(separator: ", ")
        return problem
    }

    static let unauthorized = Problem(
        401, "unauthorized", "A valid token is needed",
        detail: "Send `Authorization: Bearer` with a token of `fenliu token` that has not expired.")

    static let overloaded = Problem(
        503, "overloaded", "Too many requests at once", detail: "Nothing was done. Try again after the given time.",
        retryAfter: 1)

    static let tooManyStreams = Problem(
        503, "overloaded", "Too many streams at once", detail: "No further stream is taken now.", retryAfter: 5)

    static let stopping = Problem(
        503, "stopping", "The process stops", detail: "Nothing was done. Try again.", retryAfter: 1)

    static let internalFault = Problem(
        500, "internalFault", "Internal fault", detail: "The request could not be finished; the log has the reason.")
}

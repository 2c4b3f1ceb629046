// The desk's refusals and the cluster's faults as problems. A thing that the path names and that is not there is 404;
// one that the body names is a wrong value, 422, with its pointer.

import Domain
import Wire

/// Where in the body the things are that a command names. What is not here was named by the path.
struct BodyPlaces: Sendable {
    var agent: String?
    var group: String?
    var buyer: String?
    var order: String?
    /// `groups` of an agent: the pointer is to the element.
    var groups: [GroupID] = []

    static let none = BodyPlaces()
    static let buyerMessage = BodyPlaces(agent: "/toAgent", order: "/order")
    static let sessionMessage = BodyPlaces(agent: "/account")
}

extension Problem {
    init(_ error: DeskError, places: BodyPlaces) {
        switch error {
        case .refused(let refusal): self.init(refusal, places: places)
        case .failed(let fault): self.init(fault)
        }
    }

    init(_ refusal: Refusal, places: BodyPlaces) {
        switch refusal {
        case .commandReused:
            self.init(
                409, refusal.code, "The key was used for something else",
                detail: "Another request had this Idempotency-Key or id with another body. Use a new one.")
        case .timeRefused:
            self.init(
                422, refusal.code, "The time is refused",
                detail: "The time lies before what can still be changed, or in the future.")
        case .invalid(let faults):
            self = .invalid(faults.map { Fault(pointer: $0.pointer, detail: $0.detail) })
        case .unknownShop:
            self.init(404, refusal.code, "Unknown shop", detail: "There is no such shop.")
        case .unknownAgent(let id):
            self.init(unknown: "agent", id.rawValue, refusal.code, pointer: places.agent)
        case .unknownGroup(let id):
            let index = places.groups.firstIndex(of: id)
            self.init(
                unknown: "group", id.rawValue, refusal.code, pointer: index.map { "/groups/\($0)" } ?? places.group)
        case .unknownBuyer(let id):
            self.init(unknown: "buyer", id.rawValue, refusal.code, pointer: places.buyer)
        case .unknownOrder(let id):
            self.init(unknown: "order", id.rawValue, refusal.code, pointer: places.order)
        case .unknownSession(let id):
            self.init(unknown: "session", id.description, refusal.code, pointer: nil)
        case .unknownDecision(let id):
            self.init(unknown: "decision", id.description, refusal.code, pointer: nil)
        case .versionMismatch(let current):
            self.init(
                412, refusal.code, "The settings have changed",
                detail: "The current version is \(current). Read it, and write again with its ETag.")
        case .sessionEnded(let id):
            self.init(409, refusal.code, "The session has ended", detail: "Session \(id) has ended.")
        case .notHandler:
            self.init(
                409, refusal.code, "Not the handler", detail: "Only the session's present handler may do that.")
        case .targetOffline:
            self.init(
                409, refusal.code, "The target is offline",
                detail: "The agent is offline, or nobody in the group can take the session.")
        case .sameHandler:
            self.init(409, refusal.code, "The target has it already", detail: "The session is with that agent.")
        case .targetFull:
            self.init(409, refusal.code, "The target is full", detail: "The agent is at the capacity set.")
        case .tooManyTransfers:
            self.init(
                409, refusal.code, "Too many transfers",
                detail: "The session was transferred too often within the window. Use `force` to do it all the same.")
        case .limitReached(let what):
            self.init(
                429, refusal.code, "A limit is reached", detail: "The shop's limit is reached: \(what).",
                retryAfter: 60)
        case .conflict(let what):
            let detail = "is known with other values of the same \(what == "message" ? "ID" : "time")"
            self.init(
                409, refusal.code, "Known with other values", detail: "This \(what) \(detail). Nothing was changed.",
                faults: [Fault(pointer: what == "message" ? "/id" : "/updatedAt", detail: detail)])
        }
    }

    private init(unknown kind: String, _ id: String, _ code: String, pointer: String?) {
        if let pointer {
            self.init(
                422, code, "Unknown \(kind)", detail: "There is no \(kind) \(id) in this shop.",
                faults: [Fault(pointer: pointer, detail: "there is no \(kind) \(id)")])
        } else {
            self.init(404, code, "Unknown \(kind)", detail: "There is no \(kind) \(id) in this shop.")
        }
    }

    init(_ fault: WireFault) {
        switch fault.code {
        case .deadlineExceeded:
            self.init(
                504, "timeout", "No answer in time",
                detail: "Whether it took effect is unknown. Try again with the same Idempotency-Key.",
                retryAfter: Self.seconds(fault))
        case .unknownOutcome, .disconnected:
            self.init(
                503, "unavailable", "The shop's router cannot be reached",
                detail: "Whether it took effect is unknown. Try again with the same Idempotency-Key.",
                retryAfter: Self.seconds(fault))
        case .overloaded, .tooSlow:
            self = .overloaded
            retryAfter = Self.seconds(fault)
        case .shardFailed:
            self.init(
                503, "unavailable", "The shop's journal cannot be read",
                detail: "Nothing was done. The operators see the reason in the cluster's status.",
                retryAfter: Self.seconds(fault))
        case .notHolder, .stopping:
            self.init(
                503, "unavailable", "The shop has no router now", detail: "Nothing was done. Try again.",
                retryAfter: Self.seconds(fault))
        case .clockBackwards:
            self.init(409, "clockBackwards", "The clock never runs backwards", detail: fault.message)
        case .clockNotManual:
            self.init(409, "clockNotManual", "The cluster runs by the system's clock", detail: fault.message)
        default:
            self = .internalFault
        }
    }

    private static func seconds(_ fault: WireFault) -> Int {
        max(1, ((fault.retryAfterMillis ?? 1_000) + 999) / 1_000)
    }
}

extension WireFault.Code {
    /// The manual clock was asked to go back.
    static let clockBackwards = WireFault.Code(rawValue: "clockBackwards")
    /// The cluster runs by the system's clock.
    static let clockNotManual = WireFault.Code(rawValue: "clockNotManual")
}

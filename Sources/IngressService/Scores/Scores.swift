// The scorer as the edge sees it. `ScorerLink` is the real one.

import Domain
import Logging
import NIOCore
import Transport
import Wire

public protocol Scores: Sendable {
    /// Throws `disconnected` while no scorer is there; it changes nothing and may be asked again.
    func ask(_ request: ScorerRequest) async throws(WireFault) -> ScorerReply
}

/// The scorer that is active now, at its one socket.
public final class ScorerLink: Scores {
    private let client: WireClient
    /// Default 5 s: longer than a scorer takes to come back.
    private let deadline: Duration

    public init(socket: String, on loop: any EventLoop, identity: PeerIdentity, logger: Logger) {
        var settings = WireClientSettings()
        settings.backoff.longest = .milliseconds(200)
        client = WireClient(to: .unix(path: socket), on: loop, identity: identity, settings: settings, logger: logger)
        deadline = .seconds(5)
    }

    public func ask(_ request: ScorerRequest) async throws(WireFault) -> ScorerReply {
        do {
            let bytes = try await client.call(try BinaryEncoder().encode(request), deadline: deadline)
            return try BinaryDecoder().decode(ScorerReply.self, from: bytes)
        } catch let fault as WireFault {
            throw fault
        } catch {
            throw WireFault(.internalFault, "the scorer's reply cannot be read: \(error)")
        }
    }

    public func close() async { await client.close() }
}

/// An edge without a scorer.
struct NoScores: Scores {
    func ask(_ request: ScorerRequest) async throws(WireFault) -> ScorerReply {
        throw WireFault(.disconnected, "there is no scorer")
    }
}

extension Call {
    /// Asks the scorer; refusals and faults become problems.
    func score(_ request: ScorerRequest) async throws(Problem) -> ScorerReply {
        let reply: ScorerReply
        do throws(WireFault) {
            reply = try await edge.scores.ask(request)
        } catch {
            throw .noScorer
        }
        switch reply {
        case .refusal(.unknownShop): throw .noSuchThing
        case .refusal(.unknownDefinition):
            throw .scoring(
                "unknownDefinition", "There is no such definition", "definition",
                "must be one of \(ScoreDefinition.presets.map(\.name).joined(separator: ", ")), or of the shop's own, "
                    + "or name@version")
        case .refusal(.futureDay):
            throw .scoring(
                "futureDay", "The day has not begun", parameter("from") == nil ? "date" : "from",
                "must not lie in the future of the shop's zone")
        case .refusal(.detailsGone):
            throw Problem(
                410, "detailsGone", "The day's person-times are no longer kept",
                detail: "Its cards under the definition in force then stay; `fenliu score` counts it from the journal.")
        case .fault: throw .internalFault
        default: return reply
        }
    }

    /// A day of the path or the query.
    func day(_ name: String, _ text: String?) throws(Problem) -> CivilDay {
        guard let text else { throw .parameter(name, "is required") }
        guard let day = CivilDay(text: text) else { throw .parameter(name, "must be a day such as 2022-03-14") }
        return day
    }
}

extension Problem {
    static let noScorer = Problem(
        503, "scorerAway", "The scorer is not there", detail: "Nothing is lost. Try again after the given time.",
        retryAfter: 1)

    static func scoring(_ code: String, _ title: String, _ parameter: String, _ detail: String) -> Problem {
        Problem(
            422, code, title, detail: "\(parameter) \(detail).",
            faults: [Fault(parameter: parameter, detail: detail)])
    }
}

// The HTTP edge: finds a request's route, checks the token and the load, lets the route answer, and dresses the
// answer. It holds no state of shops: whatever it says comes from their desks. Paths, fields and codes:
// Protocols/openapi.yaml.

import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Runtime
import Logging
import Synchronization

/// What Hummingbird hands along with a request: the connection.
public struct EdgeContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let connection: (any Channel)?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        connection = source.channel
    }
}

public final class Edge: HTTPResponder {
    public typealias Context = EdgeContext

    let desks: any Desks
    let supervision: any Supervision
    let scores: any Scores
    let clock: any WallClock
    let settings: IngressSettings
    let metrics = EdgeMetrics()
    let streams: StreamRegister
    let table: RouteTable
    private let tokens: TokenCheck
    private let admission: Admission
    private let logger: Logger
    private let instance = String(UInt32.random(in: .min ... .max), radix: 36)
    private let requestNumber = Atomic<UInt64>(0)
    private let isStopping = Atomic<Bool>(false)

    public init(
        desks: any Desks, supervision: any Supervision, clock: any WallClock, secret: TokenSecret,
        scores: (any Scores)? = nil, settings: IngressSettings = .init(), logger: Logger
    ) async {
        self.desks = desks
        self.supervision = supervision
        self.scores = scores ?? NoScores()
        self.clock = clock
        self.settings = settings
        self.logger = logger
        tokens = await TokenCheck(secret: secret, remembered: settings.rememberedTokens)
        admission = Admission(
            limit: settings.inFlight, shopPart: settings.shopPart, age: .milliseconds(settings.oldAnswerMillis))
        streams = StreamRegister(limit: settings.streams, shopPart: settings.shopPart)
        table = RouteTable(Routes.all)
    }

    /// Ends the streams and refuses new ones; requests in hand are finished.
    public func stop() {
        isStopping.store(true, ordering: .relaxed)
        streams.endAll()
    }

    var stopping: Bool { isStopping.load(ordering: .relaxed) }
    var inHand: Int { admission.inHand }

    /// 128 random bits as 32 hexadecimal digits.
    func freshKey() -> String {
        let bits = UInt128.random(in: .min ... .max)
        let text = String(bits, radix: 16)
        return String(repeating: "0", count: 32 - text.count) + text
    }

    public func respond(to request: Request, context: EdgeContext) async throws -> Response {
        try await respond(to: request, connection: context.connection)
    }

    func respond(to request: Request, connection: (any Channel)?) async throws -> Response {
        let start = ContinuousClock.now
        let now = clock.now()
        let requestID = requestID(request)
        let method = request.head.method.rawValue
        var routeName = "other"
        var reply: Reply
        do {
            let (route, call) = try await admit(request, method: method, now: now, connection: connection)
            routeName = route.pattern
            let shop = call.values.first { $0.name == "shop" }?.value
            guard route.access == .open || admission.enter(route.load, shop: shop) else {
                metrics.shed(route.load)
                throw Problem.overloaded
            }
            defer {
                if route.access != .open {
                    let told = route.load == .reply || route.load == .consult
                    admission.leave(shop: shop, took: told ? ContinuousClock.now - start : nil)
                }
            }
            reply = try await route.answer(call)
        } catch let problem as Problem {
            reply = self.reply(problem, requestID: requestID)
        } catch is CancellationError {
            reply = self.reply(.stopping, requestID: requestID)
        } catch {
            logger.error("request \(requestID) failed: \(error)", metadata: ["route": .string(routeName)])
            reply = self.reply(.internalFault, requestID: requestID)
        }
        metrics.answered(
            route: routeName, method: routeName == "other" ? "other" : method, status: reply.status,
            took: ContinuousClock.now - start)
        return response(reply, method: method, now: now, requestID: requestID)
    }

    /// Everything that is checked before a route answers.
    private func admit(
        _ request: Request, method: String, now: Timestamp, connection: (any Channel)?
    ) async throws -> (Route, Call) {
        guard let target = Target(request.head.path ?? "/") else {
            throw Problem(
                400, "malformedTarget", "The address is malformed",
                detail: "The path and the query must be percent-encoded UTF-8 without control characters.")
        }
        let route: Route
        let values: [(name: String, value: String)]
        switch table.find(method: method, path: target.segments) {
        case .found(let found, let matched): (route, values) = (found, matched)
        case .otherMethods(let methods): throw Problem.methodNotAllowed(methods)
        case .nothing: throw Problem.noSuchThing
        }
        var principal: Principal?
        if route.access != .open {
            guard let token = bearer(request.headers[.authorization]),
                let found = await tokens.principal(of: token)
            else { throw Problem.unauthorized }
            func value(_ name: String) -> String? { values.first { $0.name == name }?.value }
            guard route.access.admits(found, shop: value("shop"), agent: value("agent"), buyer: value("buyer")) else {
                throw Problem.noSuchThing
            }
            principal = found
        }
        for parameter in target.parameters where !route.parameters.contains(parameter.name) {
            throw Problem.parameter(parameter.name, "is not a known parameter")
        }
        let call = Call(
            edge: self, method: route.method.rawValue, segments: target.segments, values: values,
            parameters: target.parameters, headers: request.headers, body: request.body, principal: principal,
            now: now, connection: connection)
        return (route, call)
    }

    private func bearer(_ header: String?) -> String? {
        guard let header, header.count > 7, header.prefix(7).lowercased() == "bearer " else { return nil }
        return String(header.dropFirst(7))
    }

    /// The client's, if it is 1–64 visible ASCII characters; else one of ours.
    private func requestID(_ request: Request) -> String {
        if let own = request.headers[FieldName.requestID], (1...64).contains(own.utf8.count),
            own.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        {
            return own
        }
        let number = requestNumber.wrappingAdd(1, ordering: .relaxed).newValue
        return "\(instance)-\(number)"
    }

    private func reply(_ problem: Problem, requestID: String) -> Reply {
        var reply = Reply(
            status: problem.status, contentType: "application/problem+json",
            content: .bytes(problem.body(requestID: requestID)))
        if let seconds = problem.retryAfter { reply.headers[.retryAfter] = String(seconds) }
        if let allow = problem.allow { reply.headers[.allow] = allow }
        if problem.status == 401 { reply.headers[.wwwAuthenticate] = "Bearer realm=\"fenliu\"" }
        return reply
    }

    private func response(_ reply: Reply, method: String, now: Timestamp, requestID: String) -> Response {
        var headers = reply.headers
        headers[.contentType] = reply.contentType
        headers[.cacheControl] = "no-store"
        headers[FieldName.contentTypeOptions] = "nosniff"
        headers[FieldName.serverTime] = String(now.millis)
        headers[FieldName.requestID] = requestID
        let status = HTTPResponse.Status(code: reply.status)
        switch reply.content {
        case .bytes(let bytes):
            let response = Response(
                status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            return method == "HEAD" ? response.createHeadResponse() : response
        case .stream(let write):
            if method == "HEAD" { return Response(status: status, headers: headers) }
            return Response(status: status, headers: headers, body: ResponseBody(contentLength: nil, write))
        }
    }
}

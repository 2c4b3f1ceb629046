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
    let tokens: TokenCheck
    let admission: Admission
    let plain: PlainRoutes
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
        plain = PlainRoutes(table, metrics)
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
        let method = request.head.method.rawValue
        var mark = Mark(now: clock.now(), requestID: requestID(request.headers[FieldName.requestID]))
        var reply: Reply
        do {
            let sought = try seek(method: method, target: request.head.path ?? "/")
            var principal: Principal?
            if sought.route.access != .open {
                guard let token = bearer(request.headers[.authorization]) else { throw Problem.unauthorized }
                principal = await tokens.principal(of: token)
            }
            let call = try admit(
                sought, principal: principal, headers: request.headers, body: request.body, now: mark.now,
                connection: connection)
            let route = sought.route
            (mark.route, mark.method) = (route.pattern, method)
            let shop = try enter(call, route)
            defer {
                if route.access != .open {
                    let told = route.load == .reply || route.load == .consult
                    admission.leave(shop: shop, took: told ? ContinuousClock.now - mark.start : nil)
                }
            }
            reply = try await route.answer(call)
        } catch let problem as Problem {
            reply = self.reply(problem, requestID: mark.requestID)
        } catch is CancellationError {
            reply = self.reply(.stopping, requestID: mark.requestID)
        } catch {
            logger.error("request \(mark.requestID) failed: \(error)", metadata: ["route": .string(mark.route)])
            reply = self.reply(.internalFault, requestID: mark.requestID)
        }
        count(reply, mark)
        return response(reply, method: method, now: mark.now, requestID: mark.requestID)
    }

    // MARK: the steps of every request

    /// What the figures and the response say of a request.
    struct Mark: Sendable {
        /// As long as the request was not let in, it counts for no route.
        var route = "other"
        var method = "other"
        var start = ContinuousClock.now
        let now: Timestamp
        let requestID: String
    }

    /// The route that a request is for.
    struct Sought {
        let route: Route
        let values: [(name: String, value: String)]
        let target: Target
    }

    func seek(method: String, target text: String) throws(Problem) -> Sought {
        guard let target = Target(text) else {
            throw Problem(
                400, "malformedTarget", "The address is malformed",
                detail: "The path and the query must be percent-encoded UTF-8 without control characters.")
        }
        switch table.find(method: method, path: target.segments) {
        case .found(let route, let values): return Sought(route: route, values: values, target: target)
        case .otherMethods(let methods): throw Problem.methodNotAllowed(methods)
        case .nothing: throw Problem.noSuchThing
        }
    }

    /// Checks who asks, and what the query says.
    func admit(
        _ sought: Sought, principal: Principal?, headers: HTTPFields, body: RequestBody, now: Timestamp,
        connection: (any Channel)?
    ) throws(Problem) -> Call {
        let route = sought.route
        if route.access != .open {
            guard let principal else { throw Problem.unauthorized }
            func value(_ name: String) -> String? { sought.values.first { $0.name == name }?.value }
            guard
                route.access.admits(principal, shop: value("shop"), agent: value("agent"), buyer: value("buyer"))
            else { throw Problem.noSuchThing }
        }
        for parameter in sought.target.parameters where !route.parameters.contains(parameter.name) {
            throw Problem.parameter(parameter.name, "is not a known parameter")
        }
        return Call(
            edge: self, method: route.method.rawValue, segments: sought.target.segments, values: sought.values,
            parameters: sought.target.parameters, headers: headers, body: body, principal: principal, now: now,
            connection: connection)
    }

    /// Takes a place in hand; gives the shop under which it is to be given back.
    func enter(_ call: Call, _ route: Route) throws(Problem) -> String? {
        let shop = call.values.first { $0.name == "shop" }?.value
        guard route.access == .open || admission.enter(route.load, shop: shop) else {
            metrics.shed(route.load)
            throw Problem.overloaded
        }
        return shop
    }

    func count(_ reply: Reply, _ mark: Mark) {
        metrics.answered(
            route: mark.route, method: mark.method, status: reply.status, took: ContinuousClock.now - mark.start)
    }

    func bearer(_ header: String?) -> String? {
        guard let header, header.utf8.count > 7 else { return nil }
        let end = header.utf8.index(header.startIndex, offsetBy: 7)
        guard zip(header.utf8, "bearer ".utf8).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        return String(header[end...])
    }

    /// The client's, if it is 1–64 visible ASCII characters; else one of ours.
    func requestID(_ own: String?) -> String {
        if let own, (1...64).contains(own.utf8.count), own.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
            return own
        }
        let number = requestNumber.wrappingAdd(1, ordering: .relaxed).newValue
        return instance + "-" + String(number)
    }

    func reply(_ problem: Problem, requestID: String) -> Reply {
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

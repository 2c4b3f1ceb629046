// The routes as a table: what a path is, who may call it, what it is worth under load, who answers. The same table
// finds a request's route, tells 404 from 405, and is held against Protocols/openapi.yaml by a test.

public enum RouteMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
}

struct Route: Sendable {
    let method: RouteMethod
    /// `/v1/shops/{shop}/agents/{agent}`, as in openapi.yaml.
    let pattern: String
    let access: Access
    let load: Load
    /// Names of the parameters that the query may have.
    let parameters: [String]
    let answer: @Sendable (Call) async throws -> Reply
    /// Of a route that is one command to the shop's desk: what it asks, from its body.
    let work: DeskWork?
    /// What the caller hears of a refusal of such a command.
    let refused: Refused?
    /// Of a route that asks nobody: its answer, at once.
    let told: Told?
    fileprivate let segments: [Segment]

    typealias Told = @Sendable (Edge) -> Reply
    typealias Refused = @Sendable (Call, Problem) async -> Problem
    typealias DeskWork = @Sendable (Call, _ body: [UInt8]) throws(Problem) -> DeskCall

    fileprivate enum Segment: Hashable, Sendable {
        case literal(String)
        case value(String)
    }

    init(
        _ method: RouteMethod, _ pattern: String, _ access: Access, _ load: Load, parameters: [String] = [],
        _ answer: @escaping @Sendable (Call) async throws -> Reply
    ) {
        self.init(method, pattern, access, load, parameters, answer, nil, nil, nil)
    }

    /// A route for everybody that asks nobody.
    init(_ method: RouteMethod, _ pattern: String, told: @escaping Told) {
        self.init(method, pattern, .open, .read, [], { told($0.edge) }, nil, nil, told)
    }

    /// A route that is one command to the shop's desk.
    init(
        _ method: RouteMethod, _ pattern: String, _ access: Access, _ load: Load, desk work: @escaping DeskWork,
        refused: Refused? = nil
    ) {
        let answer: @Sendable (Call) async throws -> Reply = { call in
            do {
                return try await call.give(try work(call, try await call.bodyBytes()))
            } catch let problem as Problem {
                throw await refused?(call, problem) ?? problem
            }
        }
        self.init(method, pattern, access, load, [], answer, work, refused, nil)
    }

    private init(
        _ method: RouteMethod, _ pattern: String, _ access: Access, _ load: Load, _ parameters: [String],
        _ answer: @escaping @Sendable (Call) async throws -> Reply, _ work: DeskWork?, _ refused: Refused?,
        _ told: Told?
    ) {
        self.told = told
        self.work = work
        self.refused = refused
        self.method = method
        self.pattern = pattern
        self.access = access
        self.load = load
        self.parameters = parameters
        self.answer = answer
        self.segments = pattern.split(separator: "/", omittingEmptySubsequences: true).map { part in
            part.hasPrefix("{") ? .value(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// The values of the path, in the order of the pattern; nil if it is another path.
    fileprivate func match(_ path: [String]) -> [(name: String, value: String)]? {
        guard path.count == segments.count else { return nil }
        for (segment, part) in zip(segments, path) {
            if case .literal(let text) = segment, text != part { return nil }
        }
        var values: [(name: String, value: String)] = []
        for (segment, part) in zip(segments, path) {
            if case .value(let name) = segment { values.append((name, part)) }
        }
        return values
    }
}

struct RouteTable: Sendable {
    enum Match {
        case found(Route, [(name: String, value: String)])
        case otherMethods([String])
        case nothing
    }

    let routes: [Route]
    private let byLength: [Int: [Route]]

    init(_ routes: [Route]) {
        self.routes = routes
        byLength = Dictionary(grouping: routes, by: \.segments.count)
    }

    /// HEAD finds the route of GET.
    func find(method: String, path: [String]) -> Match {
        let wanted = method == "HEAD" ? "GET" : method
        var others: [String] = []
        for route in byLength[path.count] ?? [] {
            guard let values = route.match(path) else { continue }
            if route.method.rawValue == wanted { return .found(route, values) }
            others.append(route.method.rawValue)
        }
        return others.isEmpty ? .nothing : .otherMethods(others.sorted())
    }
}

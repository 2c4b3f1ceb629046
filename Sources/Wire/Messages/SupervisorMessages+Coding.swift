import Domain

extension SupervisorRequest: Codable {
    enum CodingKeys: Int, CodingKey {
        case join = 1
        case report = 2
        case clockReached = 3
        case scale = 4
        case clusterStatus = 5
        case setClock = 6
        case stop = 7
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .join(let body): try c.encode(body, forKey: .join)
        case .report(let body): try c.encode(body, forKey: .report)
        case .clockReached(let time): try c.encode(time, forKey: .clockReached)
        case .scale(let routers): try c.encode(routers, forKey: .scale)
        case .clusterStatus: try c.encode(true, forKey: .clusterStatus)
        case .setClock(let time): try c.encode(time, forKey: .setClock)
        case .stop: try c.encode(true, forKey: .stop)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown request"))
        }
        self =
            switch key {
            case .join: .join(try c.decode(Join.self, forKey: key))
            case .report: .report(try c.decode(Report.self, forKey: key))
            case .clockReached: .clockReached(try c.decode(Timestamp.self, forKey: key))
            case .scale: .scale(routers: try c.decode(Int.self, forKey: key))
            case .clusterStatus: .clusterStatus
            case .setClock: .setClock(try c.decode(Timestamp.self, forKey: key))
            case .stop: .stop
            }
    }
}

extension Notice: Codable {
    enum CodingKeys: Int, CodingKey {
        case membership = 1
        case clock = 2
        case stop = 3
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .membership(let body): try c.encode(body, forKey: .membership)
        case .clock(let time): try c.encode(time, forKey: .clock)
        case .stop: try c.encode(true, forKey: .stop)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown notice"))
        }
        self =
            switch key {
            case .membership: .membership(try c.decode(Membership.self, forKey: key))
            case .clock: .clock(try c.decode(Timestamp.self, forKey: key))
            case .stop: .stop
            }
    }
}

extension SupervisorReply: Codable {
    enum CodingKeys: Int, CodingKey {
        case done = 1
        case status = 2
        case fault = 3
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .done: try c.encode(true, forKey: .done)
        case .status(let body): try c.encode(body, forKey: .status)
        case .fault(let body): try c.encode(body, forKey: .fault)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown reply"))
        }
        self =
            switch key {
            case .done: .done
            case .status: .status(try c.decode(ClusterStatus.self, forKey: key))
            case .fault: .fault(try c.decode(WireFault.self, forKey: key))
            }
    }
}

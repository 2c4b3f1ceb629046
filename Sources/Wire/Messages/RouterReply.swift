// What a router answers. A refusal is the desk's word and final; a fault is the shell's and says whether to try again.

import Domain

/// Thousands of answers wait for a commit: what is large stands apart, so that it does not make them large.
public enum RouterReply: Hashable, Sendable {
    case answer(Answer)
    case refusal(Refusal)
    indirect case view(View)
    indirect case status(RouterStatus)
    case fault(WireFault)
}

extension RouterReply: Codable {
    public enum CodingKeys: Int, CodingKey {
        case answer = 1
        case refusal = 2
        case view = 3
        case status = 4
        case fault = 5
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .answer(let body): try c.encode(body, forKey: .answer)
        case .refusal(let body): try c.encode(body, forKey: .refusal)
        case .view(let body): try c.encode(body, forKey: .view)
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
            case .answer: .answer(try c.decode(Answer.self, forKey: key))
            case .refusal: .refusal(try c.decode(Refusal.self, forKey: key))
            case .view: .view(try c.decode(View.self, forKey: key))
            case .status: .status(try c.decode(RouterStatus.self, forKey: key))
            case .fault: .fault(try c.decode(WireFault.self, forKey: key))
            }
    }
}

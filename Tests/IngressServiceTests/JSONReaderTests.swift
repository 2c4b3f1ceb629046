import Journal
import Testing

@testable import IngressService

@Suite struct JSONReaderTests {
    private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    private func fault(_ text: String) -> String? {
        do throws(JSONFault) {
            _ = try JSONReader.read(Array(text.utf8))
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func documentsOfEveryKindAreRead() throws {
        #expect(
            try read(" {\"a\":[1,-2,3.5,1e3],\"b\":null,\"c\":true,\"d\":false} ")
                == .object([
                    JSONMember("a", .list([.integer(1), .integer(-2), .decimal(3.5), .decimal(1_000)])),
                    JSONMember("b", .null), JSONMember("c", .flag(true)), JSONMember("d", .flag(false)),
                ]))
        #expect(try read("[]") == .list([]))
        #expect(try read("{}") == .object([]))
        #expect(try read("0") == .integer(0))
        #expect(try read("9223372036854775807") == .integer(.max))
        #expect(try read("-9223372036854775808") == .integer(.min))
    }

    @Test func escapesAndPairsOfSurrogatesBecomeText() throws {
        #expect(try read(#""a\"\\\/\b\f\n\r\t\u4f60\ud83d\ude00""#) == .text("a\"\\/\u{8}\u{c}\n\r\t你😀"))
        #expect(try read("\"你好\"") == .text("你好"))
    }

    @Test(arguments: [
        ("", "ends too early"), ("{\"a\":1,\"a\":2}", "has the name a twice"),
        ("{\"a\":{\"b\":1,\"b\":1}}", "has the name b twice"), ("\"\\u0000\"", "has NUL in a string"),
        ("\"a\u{0}b\"", "has a control character in a string"), ("\"\\ud800\"", "has a lone surrogate"),
        ("\"\\udc00\"", "has a lone surrogate"), ("\"\\ud800\\u0041\"", "has a lone surrogate"),
        ("1 2", "has bytes after its end"), ("{}x", "has bytes after its end"),
        ("9223372036854775808", "has a number out of range"), ("1e999", "has a number out of range"),
        ("01", "has a number with a leading zero"), ("-", "must have a digit here"), ("1.", "must have a digit here"),
        ("[1,]", "has an unexpected character"), ("{\"a\":1,}", "must have a name here"),
        ("{'a':1}", "must have a name here"), ("nul", "has an unexpected character"),
        ("\"abc", "ends inside a string"), ("\"\\x\"", "has an unknown escape in a string"),
        ("\"a\nb\"", "has a control character in a string"), ("[1 2]", "must have a comma or the end of an array here"),
        ("NaN", "has an unexpected character"), ("\u{feff}{}", "has an unexpected character"),
    ])
    func whatADocumentMayNotHoldIsNamed(_ text: String, _ reason: String) {
        #expect(fault(text) == reason)
    }

    @Test func theSameNameAmongManyIsFound() {
        let members = (0..<40).map { "\"n\($0)\":1" } + ["\"n3\":2"]
        #expect(fault("{\(members.joined(separator: ","))}") == "has the name n3 twice")
        #expect(fault("{\(members.dropLast().joined(separator: ","))}") == nil)
    }

    @Test func invalidUTF8IsRefused() {
        for bytes: [UInt8] in [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xe4, 0xbd],
        ] {
            #expect(throws: JSONFault(offset: 0, reason: "is not valid UTF-8")) { try JSONReader.read(bytes) }
        }
    }

    @Test func sixteenLevelsAreReadAndSeventeenAreNot() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(fault(nested(16)) == nil)
        #expect(fault(nested(17)) == "is nested too deep")
        #expect(
            fault(String(repeating: "{\"a\":", count: 17) + "1" + String(repeating: "}", count: 17))
                == "is nested too deep")
    }

    @Test func whatTheWriterWritesTheReaderReads() throws {
        let text = "a\"\\\n\r\t\u{1}\u{7f}/你😀"
        let bytes = JSONWriter.object { json in
            json.field("text", text)
            json.field("number", -5)
            json.field("flag", true)
            json.field("list", list: [1, 2]) { $0.number($1) }
            json.field("empty", object: { _ in })
            json.name("none")
            json.null()
        }
        #expect(
            try JSONReader.read(bytes)
                == .object([
                    JSONMember("text", .text(text)), JSONMember("number", .integer(-5)),
                    JSONMember("flag", .flag(true)),
                    JSONMember("list", .list([.integer(1), .integer(2)])), JSONMember("empty", .object([])),
                    JSONMember("none", .null),
                ]))
    }
}

import Domain
import Testing

@testable import IngressService

struct HTTPDateTests {
    @Test(arguments: [
        ("1994-11-06T08:49:37.999Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("1969-12-31T23:59:59.500Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ("2024-02-29T23:59:59.000Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
    ])
    func datesReadAsTheStandardWants(time: String, date: String) throws {
        var dates = HTTPDate()
        let moment = try #require(RFC3339.parse(time))
        #expect(dates.text(at: moment) == date)
        #expect(dates.text(at: moment) == date)
    }

    @Test func aNewSecondHasANewDate() {
        var dates = HTTPDate()
        #expect(dates.text(at: Timestamp(millis: 999)) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(dates.text(at: Timestamp(millis: 1_000)) == "Thu, 01 Jan 1970 00:00:01 GMT")
    }
}

using SQLitePCL;

namespace HmacFileServer.Ledger.Sqlite;

/// <summary>
/// A prepared statement, used again and again by one thread at a time. Straight on the C library: an ADO.NET
/// command costs several times what such a statement itself does (docs/ledger.md). Parameters and columns are
/// numbered, from 1 and from 0.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly Database database;
    private readonly sqlite3_stmt statement;

    public Statement(Database database, string sql)
    {
        this.database = database;
        Check(raw.sqlite3_prepare_v3(database.Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
    }

    public Statement Set(int parameter, long value)
    {
        Check(raw.sqlite3_bind_int64(statement, parameter, value));
        return this;
    }

    public Statement Set(int parameter, long? value)
    {
        Check(value is { } known
            ? raw.sqlite3_bind_int64(statement, parameter, known)
            : raw.sqlite3_bind_null(statement, parameter));
        return this;
    }

    public Statement Set(int parameter, string? value)
    {
        Check(value is null
            ? raw.sqlite3_bind_null(statement, parameter)
            : raw.sqlite3_bind_text(statement, parameter, value));
        return this;
    }

    public Statement Set(int parameter, byte[]? value)
    {
        Check(value is null
            ? raw.sqlite3_bind_null(statement, parameter)
            : raw.sqlite3_bind_blob(statement, parameter, value));
        return this;
    }

    /// <summary>
    /// Goes to the next row. After the last one, and after an exception, the statement is ready to be used again.
    /// </summary>
    public bool Next()
    {
        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        raw.sqlite3_reset(statement);
        if (result != raw.SQLITE_DONE)
        {
            Check(result);
        }

        return false;
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>How many rows were written.</returns>
    public int Run()
    {
        while (Next())
        {
        }

        return raw.sqlite3_changes(database.Handle);
    }

    /// <returns>The number in the first column of the only row, or null when there is no row or no number.</returns>
    public long? Number()
    {
        if (!Next())
        {
            return null;
        }

        var value = OptionalLong(0);
        Reset();
        return value;
    }

    /// <summary>Ends a reading before its last row.</summary>
    public void Reset() => raw.sqlite3_reset(statement);

    public long Long(int column) => raw.sqlite3_column_int64(statement, column);

    public long? OptionalLong(int column) => IsNull(column) ? null : Long(column);

    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public string? OptionalText(int column) => IsNull(column) ? null : Text(column);

    public byte[]? OptionalBytes(int column) =>
        IsNull(column) ? null : raw.sqlite3_column_blob(statement, column).ToArray();

    public void Dispose() => statement.Dispose();

    private bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    private void Check(int result) => database.Check(result);
}

"""The one database everybody meets in: connections, migrations, named queries, and reading after commits."""
